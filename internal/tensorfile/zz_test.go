package tensorfile
import ("testing";"fmt")
func TestZZ(t *testing.T){
 for _,p:=range []string{"testdata/views.pth","testdata/views_legacy.pth","testdata/nested.pth","testdata/nested_legacy.pth","testdata/module.pth","../../../shared/data/checkpoints/shd_90.7_4ms.pth","../../../shared/data/checkpoints/smnist_98.21.pth","../../../shared/data/checkpoints/ecg_icons2020_36.pth"}{
  ts,err:=Read(p); fmt.Println(p,len(ts),err)
  for _,x:=range ts{ if len(x.Data)<30{fmt.Println("  ",x)}else{fmt.Println("  ",x.Name,x.Shape)}}
 }
}
